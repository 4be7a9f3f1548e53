package ai.terraphim.supervisor.runtime.config;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Map;

/** Reads a number exactly into the type it is wanted in: no rounding, no overflow. */
final class Numbers {
    private static final Map<Class<?>, Class<?>> PRIMITIVES =
            Map.of(
                    Integer.class, int.class,
                    Long.class, long.class,
                    Short.class, short.class,
                    Byte.class, byte.class,
                    Double.class, double.class,
                    Float.class, float.class);

    private Numbers() {}

    static boolean isNumber(Class<?> type) {
        return PRIMITIVES.containsKey(type)
                || PRIMITIVES.containsValue(type)
                || type == BigDecimal.class
                || type == BigInteger.class;
    }

    /**
     * Reads a number, or text that is one.
     *
     * @throws IllegalArgumentException with a message that continues "the field ..."
     */
    static Object read(Object value, Class<?> type) {
        Class<?> wanted = PRIMITIVES.getOrDefault(type, type);
        boolean whole =
                wanted != double.class && wanted != float.class && wanted != BigDecimal.class;
        String must = whole ? "must be a whole number" : "must be a number";
        BigDecimal exact;
        try {
            exact =
                    switch (value) {
                        case BigDecimal b -> b;
                        case Number n -> new BigDecimal(n.toString());
                        case String s when s.length() <= 100 -> new BigDecimal(s);
                        default -> throw new NumberFormatException();
                    };
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException(must);
        }
        // 1e999999999 is short to write and would take all memory to expand.
        if (Math.abs((long) exact.scale()) > 1000) {
            throw new IllegalArgumentException(must + " of a reasonable size");
        }
        if (whole && exact.stripTrailingZeros().scale() > 0) {
            throw new IllegalArgumentException(must);
        }
        try {
            return narrow(exact, wanted);
        } catch (ArithmeticException _) {
            throw new IllegalArgumentException(must + " that fits into " + wanted.getSimpleName());
        }
    }

    private static Object narrow(BigDecimal exact, Class<?> wanted) {
        if (wanted == int.class) {
            return exact.intValueExact();
        }
        if (wanted == long.class) {
            return exact.longValueExact();
        }
        if (wanted == short.class) {
            return exact.shortValueExact();
        }
        if (wanted == byte.class) {
            return exact.byteValueExact();
        }
        if (wanted == BigInteger.class) {
            return exact.toBigIntegerExact();
        }
        if (wanted == BigDecimal.class) {
            return exact;
        }
        double value = wanted == float.class ? exact.floatValue() : exact.doubleValue();
        if (Double.isInfinite(value)) {
            throw new ArithmeticException();
        }
        return wanted == float.class ? (Object) (float) value : (Object) value;
    }
}
