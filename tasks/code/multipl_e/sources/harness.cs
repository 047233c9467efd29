// What C# tests ask.
static class HARNESS {
    static int number = 0;

    public static void Check(bool held) {
        ++number;
        if (!held) throw new System.Exception("test " + number + " failed");
    }

    // The value, which must consist of types from outside of the program: no other tells what it is equal to.
    public static T Plain<T>(T value) {
        Look(value);
        return value;
    }

    static void Look(object value) {
        if (value == null) return;
        if (value.GetType().Assembly == typeof(HARNESS).Assembly)
            throw new System.Exception("a result of the type " + value.GetType() + " failed");
        var many = value as System.Collections.IEnumerable;
        if (many != null && !(value is string)) foreach (object each in many) Look(each);
    }

    public static void End() {
        byte[] mark = {MARK};
        for (int i = 0; i < mark.Length; ++i) --mark[i];
        System.Console.OpenStandardOutput().Write(mark, 0, mark.Length);
    }
}
