package com.example.camera

import android.Manifest
import android.content.pm.PackageManager
import android.os.Bundle
import android.os.SystemClock
import android.util.Size
import android.view.WindowManager
import android.widget.Button
import android.widget.SeekBar
import android.widget.TextView
import androidx.activity.ComponentActivity
import androidx.activity.result.contract.ActivityResultContracts
import androidx.camera.core.CameraSelector
import androidx.camera.core.ImageAnalysis
import androidx.camera.core.ImageProxy
import androidx.camera.core.resolutionselector.ResolutionSelector
import androidx.camera.core.resolutionselector.ResolutionStrategy
import androidx.camera.lifecycle.ProcessCameraProvider
import androidx.core.content.ContextCompat
import java.nio.ByteBuffer
import java.util.concurrent.Executors
import pleinair.Painter

/** Paints what the camera sees. A tap on the picture changes to the next style. */
class MainActivity : ComponentActivity() {
    private val worker = Executors.newSingleThreadExecutor()
    private lateinit var styles: Styles
    private lateinit var painter: Painter
    private lateinit var frames: FramePainter
    private lateinit var view: PaintedView
    private lateinit var status: TextView
    private var chosen = 0
    private var camera = CameraSelector.DEFAULT_BACK_CAMERA
    private var lastFrame = 0L
    private var rate = 0f

    private val permission =
        registerForActivityResult(ActivityResultContracts.RequestPermission()) { granted ->
            if (granted) start() else status.setText(R.string.needs_camera)
        }

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        window.addFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
        setContentView(R.layout.main)
        view = findViewById(R.id.painted)
        status = findViewById(R.id.status)
        styles = readStyles(assets)
        val model = assets.open(styles.model).use { it.readBytes() }
        val threads = Runtime.getRuntime().availableProcessors().coerceAtMost(4)
        painter = Painter(model, styles.titles.size, threads, smoothing = 0.8f)
        frames = FramePainter(painter, this::show)
        choose(0)
        view.setOnClickListener { choose((chosen + 1) % styles.titles.size) }
        findViewById<Button>(R.id.other).setOnClickListener { turnAround() }
        findViewById<SeekBar>(R.id.strength).setOnSeekBarChangeListener(
            object : SeekBar.OnSeekBarChangeListener {
                override fun onProgressChanged(bar: SeekBar, value: Int, byHand: Boolean) {
                    painter.strength = value / 100f
                }

                override fun onStartTrackingTouch(bar: SeekBar) = Unit

                override fun onStopTrackingTouch(bar: SeekBar) = Unit
            }
        )
        if (checkSelfPermission(Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED) {
            start()
        } else {
            permission.launch(Manifest.permission.CAMERA)
        }
    }

    override fun onDestroy() {
        super.onDestroy()
        worker.execute { painter.close() } // after the frame that is being painted
        worker.shutdown()
    }

    private fun choose(index: Int) {
        chosen = index
        frames.row = index
    }

    private fun turnAround() {
        camera = if (camera == CameraSelector.DEFAULT_BACK_CAMERA) {
            CameraSelector.DEFAULT_FRONT_CAMERA
        } else {
            CameraSelector.DEFAULT_BACK_CAMERA
        }
        start()
    }

    private fun start() {
        val coming = ProcessCameraProvider.getInstance(this)
        coming.addListener(
            Runnable {
                try {
                    val provider = coming.get()
                    provider.unbindAll()
                    provider.bindToLifecycle(this, camera, analysis())
                } catch (error: Exception) {
                    status.text = getString(R.string.no_camera, error.message)
                }
            },
            ContextCompat.getMainExecutor(this)
        )
    }

    /** The newest frame and never a queue: what comes while one is painted is dropped. */
    private fun analysis(): ImageAnalysis {
        val size = ResolutionStrategy(
            Size(640, 480),
            ResolutionStrategy.FALLBACK_RULE_CLOSEST_HIGHER_THEN_LOWER
        )
        val analysis = ImageAnalysis.Builder()
            .setResolutionSelector(ResolutionSelector.Builder().setResolutionStrategy(size).build())
            .setBackpressureStrategy(ImageAnalysis.STRATEGY_KEEP_ONLY_LATEST)
            .setOutputImageFormat(ImageAnalysis.OUTPUT_IMAGE_FORMAT_YUV_420_888)
            .build()
        analysis.setAnalyzer(worker, frames)
        return analysis
    }

    private fun show(pixels: ByteBuffer, image: ImageProxy, milliseconds: Float) {
        val front = camera == CameraSelector.DEFAULT_FRONT_CAMERA
        view.show(pixels, image.width, image.height, image.imageInfo.rotationDegrees, front)
        val now = SystemClock.elapsedRealtimeNanos()
        val current = 1e9f / (now - lastFrame).coerceAtLeast(1)
        rate += (current - rate) * 0.1f
        lastFrame = now
        val title = styles.titles[chosen]
        runOnUiThread { status.text = getString(R.string.status, title, rate, milliseconds) }
    }
}
