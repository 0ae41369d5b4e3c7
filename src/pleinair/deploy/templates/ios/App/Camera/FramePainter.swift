import AVFoundation
import Pleinair
import QuartzCore

/// Paints every frame that the camera gives, in the camera's queue, and shows it.
final class FramePainter: NSObject, AVCaptureVideoDataOutputSampleBufferDelegate,
    @unchecked Sendable
{
    private let painter: Painter
    private let layer: PictureLayer
    private let report: @Sendable (String) -> Void
    private let lock = NSLock()
    private var wanted: (row: Int, strength: Float)
    private var pool: CVPixelBufferPool?
    private var size = (width: 0, height: 0)
    private var last = CACurrentMediaTime()
    private var rate = 0.0

    init(
        _ painter: Painter, row: Int, layer: PictureLayer,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.painter = painter
        self.layer = layer
        self.report = report
        wanted = (row, 1)
    }

    /// The style of the next frame, from any thread.
    func set(row: Int) {
        lock.withLock { wanted.row = row }
    }

    /// How strongly the next frame is painted, from any thread.
    func set(strength: Float) {
        lock.withLock { wanted.strength = strength }
    }

    func captureOutput(
        _ output: AVCaptureOutput, didOutput sample: CMSampleBuffer,
        from connection: AVCaptureConnection
    ) {
        guard let picture = CMSampleBufferGetImageBuffer(sample),
            let painted = freshBuffer(like: picture)
        else { return }
        let (row, strength) = lock.withLock { wanted }
        painter.select(row)
        painter.strength = strength
        let begin = CACurrentMediaTime()
        do {
            try painter.paint(picture, onto: painted)
        } catch {
            return report("\(error)")
        }
        let end = CACurrentMediaTime()
        layer.show(painted)
        rate += (1 / max(1e-6, end - last) - rate) * 0.1
        last = end
        report(String(format: "%.0f frames per second · %.1f ms", rate, 1000 * (end - begin)))
    }

    /// A buffer of BGRA that the GPU can read, used again when it has been shown.
    private func freshBuffer(like picture: CVPixelBuffer) -> CVPixelBuffer? {
        let now = (width: CVPixelBufferGetWidth(picture), height: CVPixelBufferGetHeight(picture))
        if pool == nil || now != size {
            size = now
            pool = nil
            let attributes: [CFString: Any] = [
                kCVPixelBufferWidthKey: size.width,
                kCVPixelBufferHeightKey: size.height,
                kCVPixelBufferPixelFormatTypeKey: kCVPixelFormatType_32BGRA,
                kCVPixelBufferMetalCompatibilityKey: true,
                kCVPixelBufferIOSurfacePropertiesKey: [CFString: Any](),
            ]
            CVPixelBufferPoolCreate(nil, nil, attributes as CFDictionary, &pool)
        }
        var buffer: CVPixelBuffer?
        if let pool { CVPixelBufferPoolCreatePixelBuffer(nil, pool, &buffer) }
        return buffer
    }
}
