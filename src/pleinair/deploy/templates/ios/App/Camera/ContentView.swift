import SwiftUI

/// The painted camera. A tap on the picture changes to the next style.
struct ContentView: View {
    @StateObject private var model = CameraModel()

    var body: some View {
        ZStack(alignment: .bottom) {
            PaintedView(layer: model.layer)
                .ignoresSafeArea()
                .onTapGesture { model.next() }
                .accessibilityAddTraits(.isButton)
                .accessibilityLabel("Next style")
            VStack(alignment: .leading) {
                Text(model.status)
                HStack {
                    Slider(value: $model.strength, in: 0...1)
                        .accessibilityLabel("Strength")
                    Button("Other camera") { model.turnAround() }
                }
            }
            .padding()
            .background(.ultraThinMaterial)
        }
        .background(.black)
        .preferredColorScheme(.dark)
        .task { await model.start() }
    }
}

/// A view that is a picture layer and nothing else.
struct PaintedView: UIViewRepresentable {
    let layer: PictureLayer

    func makeUIView(context: Context) -> UIView {
        LayerView(layer)
    }

    func updateUIView(_ view: UIView, context: Context) {}

    private final class LayerView: UIView {
        private let picture: PictureLayer

        init(_ picture: PictureLayer) {
            self.picture = picture
            super.init(frame: .zero)
            layer.addSublayer(picture)
            clipsToBounds = true
        }

        required init?(coder: NSCoder) {
            fatalError("made in code only")
        }

        override func layoutSubviews() {
            super.layoutSubviews()
            picture.frame = bounds
        }
    }
}
