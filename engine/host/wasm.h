// The hooks that a WebAssembly module brings along.
#pragma once

#include "pleinair.h"

const pl_host* wasm_host();
