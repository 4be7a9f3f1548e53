package ai.terraphim.supervisor.plugins.watch;

/** JSON strings, which is all the JSON that a line needs. */
final class Json {
    private Json() {}

    static String quote(String text) {
        StringBuilder json = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append("\\u%04x".formatted((int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }

    /**
     * Reads a string that {@link #quote} has written.
     *
     * @throws IllegalArgumentException if there is none
     */
    static String unquote(String json, int from) {
        StringBuilder text = new StringBuilder();
        int i = from + 1;
        while (i < json.length() && json.charAt(i) != '"') {
            char c = json.charAt(i++);
            if (c == '\\' && json.startsWith("u", i) && i + 5 <= json.length()) {
                c = (char) Integer.parseInt(json.substring(i + 1, i + 5), 16);
                i += 5;
            } else if (c == '\\' && i < json.length()) {
                c = json.charAt(i++);
            }
            text.append(c);
        }
        if (i >= json.length() || !json.startsWith("\"", from)) {
            throw new IllegalArgumentException("no JSON string at " + from + " in: " + json);
        }
        return text.toString();
    }
}
