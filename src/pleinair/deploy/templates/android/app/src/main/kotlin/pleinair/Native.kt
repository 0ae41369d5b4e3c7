package pleinair

import java.nio.ByteBuffer

/** What native/jni.cpp defines. [Painter] is the way to use it. */
internal object Native {
    init {
        System.loadLibrary("pleinair_jni")
    }

    external fun open(model: ByteArray, rows: Int, threads: Int, smoothing: Float): Long

    external fun close(painter: Long)

    external fun paint(
        painter: Long,
        y: ByteBuffer,
        u: ByteBuffer,
        v: ByteBuffer,
        yStride: Int,
        chromaStride: Int,
        chromaStep: Int,
        width: Int,
        height: Int,
        style: FloatArray,
        strength: Float,
        colours: Float,
        painted: ByteBuffer
    )
}
