package pleinair

import java.nio.ByteBuffer

/** A camera's picture as YUV_420_888: planes in direct buffers, strides and steps in bytes. */
class Planes(
    val y: ByteBuffer,
    val u: ByteBuffer,
    val v: ByteBuffer,
    val yStride: Int,
    val chromaStride: Int,
    val chromaStep: Int,
    val width: Int,
    val height: Int
)

/**
 * Paints pictures with one network.
 *
 * One thread may call it at a time. What goes wrong is an [IllegalStateException] with the engine's
 * message.
 *
 * @param model bytes of a style file
 * @param rows how many styles the network has
 * @param threads how many to paint with
 * @param smoothing against flicker: share of the network's statistics that stays from one frame to
 *     the next, at least 0 and less than 1
 */
class Painter(model: ByteArray, rows: Int, threads: Int, smoothing: Float = 0f) : AutoCloseable {
    private var handle = Native.open(model, rows, threads, smoothing)

    /** How much of each style of the network; those of a mixture add up to 1. */
    val style = FloatArray(rows).also { it[0] = 1f }

    /** 0: the photo, 1: the painting. */
    @Volatile
    var strength = 1f

    /** How much of the photo's own colours stays, 0 to 1. */
    @Volatile
    var colours = 0f

    /** Paints one style alone from the next picture on. */
    fun select(row: Int) {
        style.fill(0f)
        style[row] = 1f
    }

    /** Paints into a direct buffer of width × height × 4 bytes, RGBA. */
    fun paint(picture: Planes, painted: ByteBuffer) {
        with(picture) {
            Native.paint(
                handle, y, u, v, yStride, chromaStride, chromaStep, width, height,
                style, strength, colours, painted
            )
        }
    }

    override fun close() {
        Native.close(handle)
        handle = 0
    }
}
