import AVFoundation
import Combine
import Pleinair

/// What styles.json says; the styles in the order of the network.
struct Styles: Decodable {
    struct Style: Decodable {
        let title: String
    }

    let model: String
    let styles: [Style]
}

/// The camera, the painter, and what the controls show.
@MainActor
final class CameraModel: ObservableObject {
    @Published var strength: Float = 1 { didSet { frames?.set(strength: strength) } }
    @Published private(set) var status = ""

    let layer = PictureLayer()
    private let camera = AVCaptureSession()
    private let queue = DispatchQueue(label: "painting")
    private var frames: FramePainter?
    private var styles: [Styles.Style] = []
    private var chosen = 0
    private var position = AVCaptureDevice.Position.back

    /// Asks for the camera and begins.
    func start() async {
        guard frames == nil else { return }
        guard await AVCaptureDevice.requestAccess(for: .video) else {
            status = "Without the camera there is nothing to paint."
            return
        }
        do {
            try load()
            try connect()
        } catch {
            status = "\(error)"
            return
        }
        queue.async { [camera] in camera.startRunning() }
    }

    func next() {
        guard !styles.isEmpty else { return }
        chosen = (chosen + 1) % styles.count
        frames?.set(row: chosen)
    }

    func turnAround() {
        position = position == .back ? .front : .back
        do { try connect() } catch { status = "\(error)" }
    }

    private func load() throws {
        let found = try JSONDecoder().decode(Styles.self, from: resource("styles.json"))
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let painter = try Painter(
            model: resource(found.model), rows: found.styles.count, threads: min(4, cores), smoothing: 0.8)
        styles = found.styles
        frames = FramePainter(painter, row: 0, layer: layer) { [weak self] text in
            Task { @MainActor in self?.show(text) }
        }
    }

    private func show(_ measured: String) {
        status = "\(styles[chosen].title) · \(measured)"
    }

    private func resource(_ name: String) throws -> Data {
        guard let url = Bundle.main.url(forResource: name, withExtension: nil) else {
            throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: name])
        }
        return try Data(contentsOf: url)
    }

    /// Gives the frames of the camera on this side to the painter: the newest, never a queue.
    private func connect() throws {
        camera.beginConfiguration()
        defer { camera.commitConfiguration() }
        camera.inputs.forEach(camera.removeInput)
        camera.outputs.forEach(camera.removeOutput)
        camera.sessionPreset = .vga640x480
        guard
            let device = AVCaptureDevice.default(
                .builtInWideAngleCamera, for: .video, position: position)
        else { throw PainterError("There is no such camera.") }
        camera.addInput(try AVCaptureDeviceInput(device: device))
        let output = AVCaptureVideoDataOutput()
        output.alwaysDiscardsLateVideoFrames = true
        output.videoSettings = [
            kCVPixelBufferPixelFormatTypeKey as String:
                kCVPixelFormatType_420YpCbCr8BiPlanarFullRange
        ]
        output.setSampleBufferDelegate(frames, queue: queue)
        camera.addOutput(output)
        guard let connection = output.connection(with: .video) else { return }
        if connection.isVideoRotationAngleSupported(90) { connection.videoRotationAngle = 90 }
        if connection.isVideoMirroringSupported {
            connection.automaticallyAdjustsVideoMirroring = false
            connection.isVideoMirrored = position == .front
        }
    }
}
