// swift-tools-version: 5.9
import PackageDescription

// -ffp-contract=off: a multiply and an add are fused where the engine says so and nowhere else,
// which makes its pictures the same on every processor. -O3 for debug builds, too.
let package = Package(
    name: "Pleinair",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "Pleinair", targets: ["Pleinair"])],
    targets: [
        .target(
            name: "CPleinair",
            cxxSettings: [
                .headerSearchPath("."),
                .define("PL_ISA", to: "base"),
                .unsafeFlags([
                    "-O3", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics",
                    "-fno-math-errno", "-ffp-contract=off",
                ]),
            ]
        ),
        .target(name: "Pleinair", dependencies: ["CPleinair"]),
    ],
    cxxLanguageStandard: .gnucxx17
)
