import CPleinair
import CoreVideo
import Foundation

/// What the engine refused, in its own words.
public struct PainterError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }

    init(_ error: pl_error) {
        description = withUnsafeBytes(of: error.message) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

/// Paints pictures with one network. One thread may call it at a time.
public final class Painter {
    /// How much of each of the network's styles; those of a mixture add up to 1.
    public var style: [Float]
    /// 0: the photo, 1: the painting.
    public var strength: Float = 1
    /// How much of the photo's own colours stays, 0 to 1.
    public var colours: Float = 0

    private let model: OpaquePointer
    private let inputs: [String]
    private let threads: Int32
    private let smoothing: Float
    private var session: OpaquePointer?
    private var size = (width: 0, height: 0)

    /// - Parameters:
    ///   - model: bytes of a style file.
    ///   - rows: how many styles the network has.
    ///   - threads: how many to paint with.
    ///   - smoothing: against flicker: share of the network's statistics that stays from one frame
    ///     to the next, at least 0 and less than 1.
    public init(model bytes: Data, rows: Int, threads: Int = 2, smoothing: Float = 0) throws {
        var loaded: OpaquePointer?
        var error = pl_error()
        let status = bytes.withUnsafeBytes {
            pl_model_load($0.baseAddress, $0.count, pl_default_host(), &loaded, &error)
        }
        guard status == PL_OK, let loaded else { throw PainterError(error) }
        model = loaded
        inputs = (1..<max(1, pl_model_input_count(loaded))).map { index in
            var info = pl_value_info()
            pl_model_input(loaded, index, &info)
            return String(cString: info.name)
        }
        style = [Float](repeating: 0, count: rows)
        style[0] = 1
        self.threads = Int32(threads)
        self.smoothing = smoothing
    }

    deinit {
        pl_session_free(session)
        pl_model_free(model)
    }

    /// Paints one style alone from the next picture on.
    public func select(_ row: Int) {
        style = style.indices.map { $0 == row ? 1 : 0 }
    }

    /// Paints a picture onto another of the same size: NV12 or BGRA, each of them.
    public func paint(_ picture: CVPixelBuffer, onto painted: CVPixelBuffer) throws {
        CVPixelBufferLockBaseAddress(picture, .readOnly)
        CVPixelBufferLockBaseAddress(painted, [])
        defer {
            CVPixelBufferUnlockBaseAddress(painted, [])
            CVPixelBufferUnlockBaseAddress(picture, .readOnly)
        }
        var from = try image(of: picture), onto = try image(of: painted)
        try prepare(width: Int(from.width), height: Int(from.height))
        var error = pl_error()
        let status = withInputs { tensors in
            pl_session_paint(session, &from, &onto, tensors, Int32(inputs.count), &error)
        }
        guard status == PL_OK else { throw PainterError(error) }
    }

    /// Makes a session for pictures of this size, unless there is one.
    private func prepare(width: Int, height: Int) throws {
        if session != nil && size == (width, height) { return }
        pl_session_free(session)
        session = nil
        var options = pl_options()
        options.threads = threads
        options.smoothing = smoothing
        var picture = pl_shape()
        picture.rank = 4
        picture.dims = (1, Int64(height), Int64(width), 3, 0, 0, 0, 0)
        let shapes = [picture] + inputs.map { shape(of: $0) }
        var error = pl_error()
        let status = pl_session_create(
            model, &options, shapes, Int32(shapes.count), &session, &error)
        guard status == PL_OK else { throw PainterError(error) }
        size = (width, height)
    }

    private func shape(of input: String) -> pl_shape {
        var shape = pl_shape()
        shape.rank = 1
        shape.dims.0 = input == "style" ? Int64(style.count) : 1
        return shape
    }

    /// Gives what the network takes beside the picture, valid within the closure.
    private func withInputs<Result>(_ body: ([pl_tensor]) -> Result) -> Result {
        var weights = style, share = strength, own = colours
        return weights.withUnsafeMutableBytes { weights in
            withUnsafeMutableBytes(of: &share) { share in
                withUnsafeMutableBytes(of: &own) { own in
                    let values = ["style": weights, "strength": share, "colours": own]
                    return body(inputs.map { name in
                        pl_tensor(
                            type: Int32(PL_FLOAT32.rawValue), shape: shape(of: name),
                            data: values[name]?.baseAddress)
                    })
                }
            }
        }
    }
}

/// A locked pixel buffer as the engine sees it.
private func image(of buffer: CVPixelBuffer) throws -> pl_image {
    var image = pl_image()
    image.width = Int32(CVPixelBufferGetWidth(buffer))
    image.height = Int32(CVPixelBufferGetHeight(buffer))
    let format = CVPixelBufferGetPixelFormatType(buffer)
    switch format {
    case kCVPixelFormatType_32BGRA:
        image.format = Int32(PL_BGRA.rawValue)
        image.data.0 = CVPixelBufferGetBaseAddress(buffer)?.assumingMemoryBound(to: UInt8.self)
        image.stride.0 = CVPixelBufferGetBytesPerRow(buffer)
    case kCVPixelFormatType_420YpCbCr8BiPlanarFullRange,
        kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange:
        image.format = Int32(PL_NV12.rawValue)
        image.data.0 = plane(0, of: buffer)
        image.data.1 = plane(1, of: buffer)
        image.stride.0 = CVPixelBufferGetBytesPerRowOfPlane(buffer, 0)
        image.stride.1 = CVPixelBufferGetBytesPerRowOfPlane(buffer, 1)
        let full = format == kCVPixelFormatType_420YpCbCr8BiPlanarFullRange
        image.range = Int32((full ? PL_FULL : PL_LIMITED).rawValue)
        image.matrix = Int32((is709(buffer) ? PL_BT709 : PL_BT601).rawValue)
    default:
        throw PainterError("a picture is BGRA or NV12, not of the format \(format)")
    }
    return image
}

private func plane(_ index: Int, of buffer: CVPixelBuffer) -> UnsafeMutablePointer<UInt8>? {
    CVPixelBufferGetBaseAddressOfPlane(buffer, index)?.assumingMemoryBound(to: UInt8.self)
}

private func is709(_ buffer: CVPixelBuffer) -> Bool {
    let matrix = CVBufferCopyAttachment(buffer, kCVImageBufferYCbCrMatrixKey, nil)
    return matrix as? String == kCVImageBufferYCbCrMatrix_ITU_R_709_2 as String
}
