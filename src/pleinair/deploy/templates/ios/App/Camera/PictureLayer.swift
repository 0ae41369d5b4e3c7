import CoreVideo
import Metal
import QuartzCore

/// Shows pixel buffers of BGRA, as large as fills the layer, without the processor copying them.
final class PictureLayer: CAMetalLayer {
    private var queue: MTLCommandQueue?
    private var textures: CVMetalTextureCache?

    override init() {
        super.init()
        let gpu = MTLCreateSystemDefaultDevice()
        device = gpu
        queue = gpu?.makeCommandQueue()
        if let gpu { CVMetalTextureCacheCreate(nil, nil, gpu, nil, &textures) }
        pixelFormat = .bgra8Unorm
        framebufferOnly = false  // pictures are copied into it
        contentsGravity = .resizeAspectFill
    }

    override init(layer: Any) {
        super.init(layer: layer)
    }

    required init?(coder: NSCoder) {
        fatalError("made in code only")
    }

    /// Shows a picture, from any thread but one at a time.
    func show(_ picture: CVPixelBuffer) {
        let width = CVPixelBufferGetWidth(picture), height = CVPixelBufferGetHeight(picture)
        let size = CGSize(width: width, height: height)
        if drawableSize != size { drawableSize = size }
        var wrapped: CVMetalTexture?
        guard let textures, let queue else { return }
        CVMetalTextureCacheCreateTextureFromImage(
            nil, textures, picture, nil, .bgra8Unorm, width, height, 0, &wrapped)
        guard let wrapped, let texture = CVMetalTextureGetTexture(wrapped),
            let drawable = nextDrawable(), drawable.texture.width == width,
            drawable.texture.height == height, let commands = queue.makeCommandBuffer(),
            let copy = commands.makeBlitCommandEncoder()
        else { return }
        copy.copy(from: texture, to: drawable.texture)
        copy.endEncoding()
        commands.present(drawable)
        commands.addCompletedHandler { _ in
            withExtendedLifetime((wrapped, picture)) {}  // until the GPU has read them
        }
        commands.commit()
    }
}
