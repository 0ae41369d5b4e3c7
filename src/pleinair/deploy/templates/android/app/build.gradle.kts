plugins {
    id("com.android.application")
    id("org.jetbrains.kotlin.android")
}

// The library that `pleinair deploy android` built with zig. Delete it, and the NDK builds it.
val prebuilt = file("src/main/jniLibs/arm64-v8a/libpleinair_jni.so").exists()

android {
    namespace = "com.example.camera"
    compileSdk = 35

    defaultConfig {
        applicationId = "com.example.camera"
        minSdk = 26
        targetSdk = 35
        versionCode = 1
        versionName = "1.0"
        ndk {
            abiFilters += "arm64-v8a"
            if (!prebuilt) abiFilters += "x86_64" // emulators
        }
    }
    if (!prebuilt) {
        externalNativeBuild {
            cmake { path = file("../native/CMakeLists.txt") }
        }
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }
    kotlinOptions { jvmTarget = "11" }
    androidResources { noCompress += "onnx" }
}

dependencies {
    val camerax = "1.4.1"
    implementation("androidx.activity:activity-ktx:1.9.3")
    implementation("androidx.camera:camera-camera2:$camerax")
    implementation("androidx.camera:camera-lifecycle:$camerax")
}
