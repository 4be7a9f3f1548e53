package ai.terraphim.supervisor.runtime.config;

import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.ToStringSerializer;

/**
 * Makes the mapper that writes agents' states and reads them back. A mapper remembers every class
 * it has seen, so each factory has its own and takes it along when it goes.
 *
 * <p>Unknown keys are ignored, because a state may come from a newer version of the agent; a
 * missing one is an error unless its component is optional or nullable, because a made-up zero is
 * worse than a clear refusal.
 */
final class StateMapper {
    private StateMapper() {}

    static JsonMapper create() {
        SimpleModule paths =
                new SimpleModule("paths")
                        .addSerializer(Path.class, new ToStringSerializer(Path.class))
                        .addDeserializer(Path.class, new PathDeserializer());
        return JsonMapper.builder()
                .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .annotationIntrospector(new RequiredComponents())
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .addModule(paths)
                .build();
    }

    /** Jackson itself writes a path as an absolute URI: a relative one would not come back. */
    private static final class PathDeserializer extends StdDeserializer<Path> {
        PathDeserializer() {
            super(Path.class);
        }

        @Override
        public Path deserialize(JsonParser parser, DeserializationContext context) {
            return Path.of(parser.getString());
        }
    }

    private static final class RequiredComponents extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1L;

        @Override
        public @Nullable Boolean hasRequiredMarker(MapperConfig<?> config, AnnotatedMember member) {
            if (member instanceof AnnotatedParameter parameter) {
                RecordComponent[] components = parameter.getDeclaringClass().getRecordComponents();
                if (components != null && parameter.getIndex() < components.length) {
                    return RecordBinder.isRequired(components[parameter.getIndex()]);
                }
            }
            return super.hasRequiredMarker(config, member);
        }
    }
}
