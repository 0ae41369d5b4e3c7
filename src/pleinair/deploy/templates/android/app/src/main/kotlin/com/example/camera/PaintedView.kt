package com.example.camera

import android.content.Context
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Matrix
import android.graphics.Paint
import android.util.AttributeSet
import android.view.View
import java.nio.ByteBuffer

/** Shows the newest picture upright, as large as fills the view. */
class PaintedView(context: Context, attributes: AttributeSet?) : View(context, attributes) {
    private val smooth = Paint(Paint.FILTER_BITMAP_FLAG)
    private val placed = Matrix()
    private var bitmap: Bitmap? = null
    private var rotation = 0
    private var mirrored = false

    /** Takes a picture of RGBA from any thread; it turns clockwise by `degrees` when it is shown. */
    fun show(pixels: ByteBuffer, width: Int, height: Int, degrees: Int, mirror: Boolean) {
        synchronized(this) {
            val old = bitmap
            val next = if (old != null && old.width == width && old.height == height) {
                old
            } else {
                Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888)
            }
            pixels.rewind()
            next.copyPixelsFromBuffer(pixels)
            bitmap = next
            rotation = degrees
            mirrored = mirror
        }
        postInvalidate()
    }

    override fun onDraw(canvas: Canvas) {
        synchronized(this) {
            val picture = bitmap ?: return
            place(picture)
            canvas.drawBitmap(picture, placed, smooth)
        }
    }

    private fun place(picture: Bitmap) {
        val sideways = rotation % 180 != 0
        val across = if (sideways) picture.height else picture.width
        val down = if (sideways) picture.width else picture.height
        val scale = maxOf(width / across.toFloat(), height / down.toFloat())
        placed.setTranslate(-picture.width / 2f, -picture.height / 2f)
        placed.postRotate(rotation.toFloat())
        placed.postScale(if (mirrored) -scale else scale, scale)
        placed.postTranslate(width / 2f, height / 2f)
    }
}
