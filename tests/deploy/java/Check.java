package pleinair;

import java.io.FileOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Paints one picture from three layouts of memory: MODEL ROWS ROW WIDTH HEIGHT NV12 OUT. */
final class Check {
    public static void main(String[] arguments) throws Exception {
        byte[] model = Files.readAllBytes(Path.of(arguments[0]));
        int rows = Integer.parseInt(arguments[1]);
        float[] style = new float[rows];
        style[Integer.parseInt(arguments[2])] = 1;
        int width = Integer.parseInt(arguments[3]), height = Integer.parseInt(arguments[4]);
        byte[] nv12 = Files.readAllBytes(Path.of(arguments[5]));
        int luma = width * height, half = width / 2 * (height / 2);

        ByteBuffer y = direct(nv12, 0, luma), uv = direct(nv12, luma, 2 * half);
        byte[] cb = new byte[half], cr = new byte[half], turned = new byte[2 * half];
        for (int i = 0; i < half; ++i) {
            cb[i] = turned[2 * i + 1] = nv12[luma + 2 * i];
            cr[i] = turned[2 * i] = nv12[luma + 2 * i + 1];
        }
        ByteBuffer vu = direct(turned, 0, 2 * half);
        ByteBuffer[][] chroma = {
            {uv, from(uv, 1)}, {from(vu, 1), vu}, {direct(cb, 0, half), direct(cr, 0, half)},
        };
        long painter = Native.INSTANCE.open(model, rows, 2, 0);
        try (FileOutputStream out = new FileOutputStream(arguments[6])) {
            for (int i = 0; i < 3; ++i) {
                int step = i < 2 ? 2 : 1;
                ByteBuffer painted = ByteBuffer.allocateDirect(4 * luma);
                Native.INSTANCE.paint(painter, y, chroma[i][0], chroma[i][1], width,
                        step * width / 2, step, width, height, style, 0.75f, 0.25f, painted);
                out.getChannel().write(painted);
            }
        }
        Native.INSTANCE.close(painter);
    }

    private static ByteBuffer direct(byte[] bytes, int start, int count) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(count);
        buffer.put(bytes, start, count).flip();
        return buffer;
    }

    private static ByteBuffer from(ByteBuffer buffer, int start) {
        ByteBuffer rest = buffer.duplicate();
        rest.position(start);
        return rest.slice();
    }
}
