# The engine for browsers: three modules, of relaxed SIMD, without, and exact without, each for one
# thread (memory of its own) and for several (memory that their workers share); and one that only
# says what a GPU is to do.
add_kernels(base -Os -mcpu=${wasm_features}+simd128) # exact, and therefore slow: small code
# What is worth being vectors is written with them: more of them are only longer.
set(as_written -O2 -fno-vectorize -fno-slp-vectorize -fno-unroll-loops)
add_kernels(fast -mcpu=${wasm_features}+simd128 -DPL_UNFUSED ${as_written})
add_kernels(relaxed -mcpu=${wasm_features}+simd128+relaxed_simd ${as_written})

# What web/engine.js calls beside the exports of host/.
set(exports __stack_pointer pl_model_free pl_session_free pl_session_reset pl_model_input_count
            pl_model_metadata_count pl_model_metadata_key pl_model_metadata_value)
list(TRANSFORM exports PREPEND --export=)
set(gpu_exports pl_gpu_buffer_count pl_gpu_get_buffer pl_gpu_dispatch_count pl_gpu_get_dispatch
                pl_gpu_shader)
list(TRANSFORM gpu_exports PREPEND --export=)

set(link_flags -mllvm -disable-lsr --no-entry --gc-sections --strip-all --compress-relocations -O2 --lto-O2
               -z stack-size=131072)
set(memory-threads --import-memory --shared-memory --max-memory=1073741824)
set(CMAKE_CXX_LINK_EXECUTABLE "${CMAKE_BINARY_DIR}/zig-tools/wasm-ld <LINK_FLAGS> <OBJECTS> -o <TARGET>")

# host/DOORS.cpp, and objects of the libraries behind it.
function(add_module name doors)
  list(TRANSFORM ARGN REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
  add_executable(${name} EXCLUDE_FROM_ALL host/wasm.cpp host/web.cpp host/${doors}.cpp ${objects})
  target_compile_options(${name} PRIVATE ${core_flags} -fvisibility=hidden ${small_flags})
  target_include_directories(${name} PRIVATE include .)
  target_link_options(${name} PRIVATE ${link_flags} ${exports})
  set_target_properties(${name} PROPERTIES SUFFIX .wasm)
  install(TARGETS ${name} RUNTIME DESTINATION .)
  add_dependencies(web ${name})
endfunction()

add_custom_target(web)
foreach(threads "" -threads)
  add_module(pleinair${threads} web_paint pleinair_core pleinair_kernels_fast)
  add_module(pleinair-relaxed${threads} web_paint pleinair_core pleinair_kernels_relaxed)
  add_module(pleinair-exact${threads} web_paint pleinair_core pleinair_kernels_base)
endforeach()
foreach(name pleinair pleinair-relaxed pleinair-exact)
  target_link_options(${name}-threads PRIVATE ${memory-threads})
endforeach()

# Reads and plans as the others do, and has no loops of its own.
add_library(pleinair_gpu_core OBJECT ${core_sources} ${gpu_sources} kernels/none.cpp)
target_compile_options(pleinair_gpu_core PRIVATE ${core_flags} ${small_flags})
target_compile_definitions(pleinair_gpu_core PRIVATE PL_WITH_GPU PL_GPU_ALONE)
target_include_directories(pleinair_gpu_core PRIVATE include .)
add_module(pleinair-gpu web_gpu pleinair_gpu_core)
target_link_options(pleinair-gpu PRIVATE ${gpu_exports})
