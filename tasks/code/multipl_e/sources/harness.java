// What Java tests ask.
class HARNESS {
    private static int number = 0;

    static void check(boolean held) {
        ++number;
        if (!held) throw new AssertionError("test " + number + " failed");
    }

    /** The value, which must consist of Java's own classes and of tuples: no other tells what it is equal to. */
    static <T> T plain(T value) {
        look(value);
        return value;
    }

    private static void look(Object value) {
        if (value == null) return;
        Class<?> kind = value.getClass();
        if (kind.getClassLoader() == HARNESS.class.getClassLoader() && !kind.getName().startsWith("org.javatuples."))
            throw new AssertionError("a result of the class " + kind.getName() + " failed");
        if (value instanceof Iterable) for (Object each : (Iterable<?>) value) look(each);
        if (value instanceof java.util.Map) for (Object each : ((java.util.Map<?, ?>) value).values()) look(each);
        if (value instanceof java.util.Optional) look(((java.util.Optional<?>) value).orElse(null));
    }

    static void end() throws java.io.IOException {
        byte[] mark = {MARK};
        for (int i = 0; i < mark.length; ++i) --mark[i];
        try (java.io.FileOutputStream out = new java.io.FileOutputStream(java.io.FileDescriptor.out)) {
            out.write(mark);
        }
    }
}
