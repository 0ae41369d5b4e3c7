package pleinair;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Prints what is said of three mistakes: NO_MODEL MODEL. */
final class Refusals {
    public static void main(String[] arguments) throws Exception {
        byte[] broken = Files.readAllBytes(Path.of(arguments[0]));
        say(() -> Native.INSTANCE.open(broken, 1, 1, 0));
        long painter = Native.INSTANCE.open(Files.readAllBytes(Path.of(arguments[1])), 12, 1, 0);
        ByteBuffer plane = ByteBuffer.allocateDirect(32 * 32 * 4);
        ByteBuffer small = ByteBuffer.allocateDirect(32 * 32 * 4 - 1);
        say(() -> Native.INSTANCE.paint(
                painter, plane, plane, plane, 32, 16, 1, 32, 32, new float[12], 1, 0, small));
        say(() -> Native.INSTANCE.paint(
                painter, plane, plane, plane, 32, 16, 1, 32, 32, new float[3], 1, 0, plane));
        Native.INSTANCE.close(painter);
    }

    private static void say(Runnable mistake) {
        try {
            mistake.run();
            System.out.println("nothing");
        } catch (IllegalStateException error) {
            System.out.println(error.getMessage());
        }
    }
}
