package ai.terraphim.supervisor.runtime.jmx;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.StandardMBean;
import org.jspecify.annotations.Nullable;

/**
 * An MXBean whose descriptions, parameter names and impacts are read from the annotations of its
 * interface, so that JConsole shows them. The interface must not overload a method: a method is
 * found by its name.
 */
final class DescribedMBean<T> extends StandardMBean {

    DescribedMBean(T implementation, Class<T> mxBeanInterface) {
        super(implementation, mxBeanInterface, true);
    }

    @Override
    protected String getDescription(MBeanInfo info) {
        Description description = getMBeanInterface().getAnnotation(Description.class);
        return description == null ? info.getDescription() : description.value();
    }

    @Override
    protected String getDescription(MBeanAttributeInfo info) {
        return method((info.isIs() ? "is" : "get") + info.getName())
                .map(method -> method.getAnnotation(Description.class))
                .map(Description::value)
                .orElse(info.getDescription());
    }

    @Override
    protected String getDescription(MBeanOperationInfo info) {
        return method(info.getName())
                .map(method -> method.getAnnotation(Description.class))
                .map(Description::value)
                .orElse(info.getDescription());
    }

    @Override
    protected int getImpact(MBeanOperationInfo info) {
        boolean acts =
                method(info.getName()).filter(m -> m.isAnnotationPresent(Action.class)).isPresent();
        return acts ? MBeanOperationInfo.ACTION : MBeanOperationInfo.INFO;
    }

    @Override
    protected String getParameterName(
            MBeanOperationInfo info, MBeanParameterInfo parameter, int sequence) {
        // the compiler keeps parameters' names in this project
        return method(info.getName())
                .map(method -> method.getParameters()[sequence].getName())
                .orElse(parameter.getName());
    }

    @Override
    protected @Nullable String getDescription(
            MBeanOperationInfo info, MBeanParameterInfo parameter, int sequence) {
        return method(info.getName())
                .map(method -> method.getParameters()[sequence].getAnnotation(Description.class))
                .map(Description::value)
                .orElse(parameter.getDescription());
    }

    private Optional<Method> method(String name) {
        return Arrays.stream(getMBeanInterface().getMethods())
                .filter(method -> method.getName().equals(name))
                .findFirst();
    }
}
