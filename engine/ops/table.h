// The operators of the engine: one row each, alphabetical. The loader, the documentation, the
// conformance tests and the fuzz seeds all come from here.
#pragma once

#if defined(PL_PAINTING)
// What style networks are exported to: all that a module for browsers has.
#define PL_OPERATORS(X)    \
  X(Add)                   \
  X(AveragePool)           \
  X(BatchNormalization)    \
  X(Cast)                  \
  X(Clip)                  \
  X(Concat)                \
  X(Constant)              \
  X(Conv)                  \
  X(ConvTranspose)         \
  X(DepthToSpace)          \
  X(Gather)                \
  X(InstanceNormalization) \
  X(LeakyRelu)             \
  X(MatMul)                \
  X(Mod)                   \
  X(Mul)                   \
  X(PRelu)                 \
  X(Pad)                   \
  X(Relu)                  \
  X(Reshape)               \
  X(Resize)                \
  X(Shape)                 \
  X(Sigmoid)               \
  X(Slice)                 \
  X(SpaceToDepth)          \
  X(Split)                 \
  X(Sub)                   \
  X(Tanh)                  \
  X(Transpose)
#else
#define PL_OPERATORS(X)    \
  X(Abs)                   \
  X(Add)                   \
  X(Affine)                \
  X(AveragePool)           \
  X(BatchNormalization)    \
  X(Cast)                  \
  X(Ceil)                  \
  X(Clip)                  \
  X(Concat)                \
  X(Constant)              \
  X(ConstantOfShape)       \
  X(Conv)                  \
  X(ConvTranspose)         \
  X(Crop)                  \
  X(DepthToSpace)          \
  X(Div)                   \
  X(Dropout)               \
  X(Elu)                   \
  X(Exp)                   \
  X(Expand)                \
  X(Flatten)               \
  X(Floor)                 \
  X(Gather)                \
  X(Gemm)                  \
  X(GlobalAveragePool)     \
  X(HardSigmoid)           \
  X(HardSwish)             \
  X(Identity)              \
  X(ImageScaler)           \
  X(InstanceNormalization) \
  X(LeakyRelu)             \
  X(Log)                   \
  X(MatMul)                \
  X(Max)                   \
  X(MaxPool)               \
  X(Min)                   \
  X(Mod)                   \
  X(Mul)                   \
  X(Neg)                   \
  X(PRelu)                 \
  X(Pad)                   \
  X(Pow)                   \
  X(ReduceMean)            \
  X(Relu)                  \
  X(Reshape)               \
  X(Resize)                \
  X(Shape)                 \
  X(Sigmoid)               \
  X(Slice)                 \
  X(Softmax)               \
  X(SpaceToDepth)          \
  X(Split)                 \
  X(Sqrt)                  \
  X(Squeeze)               \
  X(Sub)                   \
  X(Tanh)                  \
  X(Transpose)             \
  X(Unsqueeze)             \
  X(Upsample)
#endif

namespace pl {

struct Operator;

#define PL_DECLARE(name) extern const Operator op_##name;
PL_OPERATORS(PL_DECLARE)
#undef PL_DECLARE

}  // namespace pl
