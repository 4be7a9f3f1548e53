package ai.terraphim.supervisor.runtime.jmx;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import javax.management.DescriptorKey;

/**
 * What an attribute is counted in; becomes the field {@code units} of its descriptor. Public,
 * because the JDK reads it.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Unit {
    /** Such as {@code ms}. */
    @DescriptorKey("units")
    String value();
}
