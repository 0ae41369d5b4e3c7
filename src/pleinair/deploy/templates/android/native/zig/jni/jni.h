// Of the Java Native Interface, what jni.cpp needs: functions at their places in the table that the
// JNI specification gives. Not for the NDK, which has it all.
#pragma once

#include <stdint.h>

#define JNIEXPORT __attribute__((visibility("default")))
#define JNICALL

typedef uint8_t jboolean;
typedef int8_t jbyte;
typedef int32_t jint;
typedef int64_t jlong;
typedef float jfloat;
typedef jint jsize;

class _jobject {};
class _jclass : public _jobject {};
class _jarray : public _jobject {};
class _jbyteArray : public _jarray {};
class _jfloatArray : public _jarray {};
typedef _jobject* jobject;
typedef _jclass* jclass;
typedef _jarray* jarray;
typedef _jbyteArray* jbyteArray;
typedef _jfloatArray* jfloatArray;

struct JNIEnv;

struct JNINativeInterface {
  void* slots_0_5[6];
  jclass (*FindClass)(JNIEnv*, const char*);
  void* slots_7_13[7];
  jint (*ThrowNew)(JNIEnv*, jclass, const char*);
  void* slots_15_170[156];
  jsize (*GetArrayLength)(JNIEnv*, jarray);
  void* slots_172_199[28];
  void (*GetByteArrayRegion)(JNIEnv*, jbyteArray, jsize, jsize, jbyte*);
  void* slots_201_204[4];
  void (*GetFloatArrayRegion)(JNIEnv*, jfloatArray, jsize, jsize, jfloat*);
  void* slots_206_229[24];
  void* (*GetDirectBufferAddress)(JNIEnv*, jobject);
  jlong (*GetDirectBufferCapacity)(JNIEnv*, jobject);
};

struct JNIEnv {
  const JNINativeInterface* functions;

  jclass FindClass(const char* name) { return functions->FindClass(this, name); }
  jint ThrowNew(jclass type, const char* message) {
    return functions->ThrowNew(this, type, message);
  }
  jsize GetArrayLength(jarray array) { return functions->GetArrayLength(this, array); }
  void GetByteArrayRegion(jbyteArray array, jsize start, jsize count, jbyte* to) {
    functions->GetByteArrayRegion(this, array, start, count, to);
  }
  void GetFloatArrayRegion(jfloatArray array, jsize start, jsize count, jfloat* to) {
    functions->GetFloatArrayRegion(this, array, start, count, to);
  }
  void* GetDirectBufferAddress(jobject buffer) {
    return functions->GetDirectBufferAddress(this, buffer);
  }
  jlong GetDirectBufferCapacity(jobject buffer) {
    return functions->GetDirectBufferCapacity(this, buffer);
  }
};
