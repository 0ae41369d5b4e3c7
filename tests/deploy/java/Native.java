package pleinair;

import java.nio.ByteBuffer;

/** What Native.kt declares, for a machine without Kotlin. */
final class Native {
    static {
        System.load(System.getProperty("library"));
    }

    static final Native INSTANCE = new Native();

    native long open(byte[] model, int rows, int threads, float smoothing);

    native void close(long painter);

    native void paint(
            long painter, ByteBuffer y, ByteBuffer u, ByteBuffer v, int yStride, int chromaStride,
            int chromaStep, int width, int height, float[] style, float strength, float colours,
            ByteBuffer painted);
}
