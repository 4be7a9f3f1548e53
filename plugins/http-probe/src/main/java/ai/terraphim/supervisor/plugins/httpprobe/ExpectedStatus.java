package ai.terraphim.supervisor.plugins.httpprobe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which statuses are good: {@code 200}, {@code 200-299}, {@code 2xx}, or a list of these.
 *
 * @param ranges at least one
 */
record ExpectedStatus(List<Range> ranges) {

    /** Both ends included. */
    record Range(int from, int to) {
        @Override
        public String toString() {
            if (from % 100 == 0 && to == from + 99) {
                return from / 100 + "xx";
            }
            return from == to ? Integer.toString(from) : from + "-" + to;
        }
    }

    private static final Pattern CLASS = Pattern.compile("([1-5])xx", Pattern.CASE_INSENSITIVE);
    private static final Pattern NUMBERS =
            Pattern.compile("([1-5]\\d\\d)(?:\\s*-\\s*([1-5]\\d\\d))?");

    static ExpectedStatus of(Optional<Object> written) {
        List<Range> ranges = new ArrayList<>();
        if (written.orElse("2xx") instanceof List<?> list) {
            list.forEach(item -> ranges.add(range(item)));
        } else {
            ranges.add(range(written.orElse("2xx")));
        }
        if (ranges.isEmpty()) {
            throw new IllegalArgumentException(
                    "expect_status is an empty list; name a status, or leave it out for 2xx");
        }
        return new ExpectedStatus(List.copyOf(ranges));
    }

    private static Range range(Object written) {
        String text = String.valueOf(written).strip();
        Matcher word = CLASS.matcher(text);
        if (word.matches()) {
            int first = Integer.parseInt(word.group(1)) * 100;
            return new Range(first, first + 99);
        }
        Matcher numbers = NUMBERS.matcher(text);
        if (numbers.matches()) {
            int from = Integer.parseInt(numbers.group(1));
            int to = numbers.group(2) == null ? from : Integer.parseInt(numbers.group(2));
            if (from <= to) {
                return new Range(from, to);
            }
        }
        throw new IllegalArgumentException(
                "expect_status must be as in 200, 200-299, 2xx or a list of these; was '"
                        + text
                        + "'");
    }

    boolean includes(int status) {
        return ranges.stream().anyMatch(range -> range.from() <= status && status <= range.to());
    }

    @Override
    public String toString() {
        return String.join(" or ", ranges.stream().map(Range::toString).toList());
    }
}
