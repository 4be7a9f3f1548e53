package ai.terraphim.supervisor.runtime.jmx;

import java.util.regex.Pattern;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * The names of the MBeans. JConsole draws the tree from the order of the keys; there is no key
 * {@code type}, because JConsole would hoist it and tear the tree apart.
 */
public final class MBeanNames {

    /** The domain of every name. */
    public static final String DOMAIN = "ai.terraphim.supervisor";

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.-]+");

    private MBeanNames() {}

    /**
     * The name of a runtime's MBean.
     *
     * @param runtime the runtime's name
     * @return such as {@code ai.terraphim.supervisor:runtime=main}
     */
    public static ObjectName runtime(String runtime) {
        return name(runtimeKey(runtime));
    }

    /**
     * The name of a supervisor's MBean.
     *
     * @param runtime the runtime's name
     * @param path the supervisor's place in the tree
     * @return such as {@code ai.terraphim.supervisor:runtime=main,s0=root,s1=ingest}
     */
    public static ObjectName supervisor(String runtime, String path) {
        StringBuilder keys = new StringBuilder(runtimeKey(runtime));
        int depth = 0;
        for (String id : path.split("/", -1)) {
            keys.append(",s").append(depth++).append('=').append(value(id));
        }
        return name(keys.toString());
    }

    /**
     * The name of the MBean of a runtime's dependencies.
     *
     * @param runtime the runtime's name
     * @return such as {@code ai.terraphim.supervisor:runtime=main,component=dependencies}
     */
    public static ObjectName dependencies(String runtime) {
        return name(runtimeKey(runtime) + ",component=dependencies");
    }

    /**
     * The name of the MBean of a runtime's store.
     *
     * @param runtime the runtime's name
     * @return such as {@code ai.terraphim.supervisor:runtime=main,component=persistence}
     */
    public static ObjectName persistence(String runtime) {
        return name(runtimeKey(runtime) + ",component=persistence");
    }

    private static String runtimeKey(String runtime) {
        return "runtime=" + value(runtime);
    }

    private static String value(String text) {
        return PLAIN.matcher(text).matches() ? text : ObjectName.quote(text);
    }

    private static ObjectName name(String keys) {
        try {
            return new ObjectName(DOMAIN + ":" + keys);
        } catch (MalformedObjectNameException e) {
            throw new IllegalArgumentException("no MBean can be named " + DOMAIN + ":" + keys, e);
        }
    }
}
