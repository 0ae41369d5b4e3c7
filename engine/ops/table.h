// The operators of the engine: one row each, alphabetical. The loader, the documentation, the
// conformance tests and the fuzz seeds all come from here.
#pragma once

// P marks what style networks are exported to: all that a module for browsers has.
#define PL_ALL_OPERATORS(X, P) \
  X(Abs)                       \
  P(Add)                       \
  X(Affine)                    \
  X(ArgMax)                    \
  P(AveragePool)               \
  P(BatchNormalization)        \
  P(Cast)                      \
  X(Ceil)                      \
  P(Clip)                      \
  P(Concat)                    \
  X(Constant)                  \
  X(ConstantOfShape)           \
  P(Conv)                      \
  P(ConvTranspose)             \
  X(Crop)                      \
  P(DepthToSpace)              \
  P(DequantizeLinear)          \
  X(Div)                       \
  X(Dropout)                   \
  X(Elu)                       \
  X(Equal)                     \
  X(Exp)                       \
  X(Expand)                    \
  X(Flatten)                   \
  X(Floor)                     \
  P(Gather)                    \
  X(Gemm)                      \
  X(GlobalAveragePool)         \
  X(Greater)                   \
  X(GreaterOrEqual)            \
  X(GroupNormalization)        \
  X(HardSigmoid)               \
  X(HardSwish)                 \
  X(Identity)                  \
  X(ImageScaler)               \
  P(InstanceNormalization)     \
  X(LayerNormalization)        \
  P(LeakyRelu)                 \
  X(Less)                      \
  X(LessOrEqual)               \
  X(Log)                       \
  P(MatMul)                    \
  X(Max)                       \
  X(MaxPool)                   \
  X(Min)                       \
  P(Mod)                       \
  P(Mul)                       \
  X(Neg)                       \
  P(PRelu)                     \
  P(Pad)                       \
  X(Pow)                       \
  X(QuantizeLinear)            \
  X(Range)                     \
  X(ReduceMax)                 \
  X(ReduceMean)                \
  X(ReduceMin)                 \
  X(ReduceSum)                 \
  P(Relu)                      \
  P(Reshape)                   \
  P(Resize)                    \
  P(Shape)                     \
  P(Sigmoid)                   \
  P(Slice)                     \
  X(Softmax)                   \
  P(SpaceToDepth)              \
  P(Split)                     \
  X(Sqrt)                      \
  X(Squeeze)                   \
  P(Sub)                       \
  P(Tanh)                      \
  X(Tile)                      \
  P(Transpose)                 \
  X(Unsqueeze)                 \
  X(Upsample)                  \
  X(Where)

#if defined(PL_PAINTING)
#define PL_LEFT_OUT(name)
#define PL_OPERATORS(X) PL_ALL_OPERATORS(PL_LEFT_OUT, X)
#else
#define PL_OPERATORS(X) PL_ALL_OPERATORS(X, X)
#endif

namespace pl {

struct Operator;

#define PL_DECLARE(name) extern const Operator op_##name;
PL_OPERATORS(PL_DECLARE)
#undef PL_DECLARE

}  // namespace pl
