package com.example.camera

import android.os.SystemClock
import androidx.camera.core.ImageAnalysis
import androidx.camera.core.ImageProxy
import java.nio.ByteBuffer
import pleinair.Painter
import pleinair.Planes

/** Paints every frame that CameraX gives, in its thread, and hands it on with the time it took. */
class FramePainter(
    private val painter: Painter,
    private val painted: (ByteBuffer, ImageProxy, milliseconds: Float) -> Unit
) : ImageAnalysis.Analyzer {
    private var pixels = ByteBuffer.allocateDirect(0)

    /** The style of the next frame. */
    @Volatile
    var row = 0

    override fun analyze(image: ImageProxy) {
        try {
            val size = 4 * image.width * image.height
            if (pixels.capacity() != size) pixels = ByteBuffer.allocateDirect(size)
            painter.select(row)
            val begin = SystemClock.elapsedRealtimeNanos()
            painter.paint(planesOf(image), pixels)
            painted(pixels, image, (SystemClock.elapsedRealtimeNanos() - begin) / 1e6f)
        } finally {
            image.close()
        }
    }

    private fun planesOf(image: ImageProxy): Planes {
        val (y, u, v) = image.planes
        return Planes(
            y.buffer, u.buffer, v.buffer, y.rowStride, u.rowStride, u.pixelStride,
            image.width, image.height
        )
    }
}
