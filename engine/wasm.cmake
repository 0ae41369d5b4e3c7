# The engine for browsers: two modules, of relaxed SIMD and without, each for one thread (memory of
# its own) and for several (memory that their workers share).
add_kernels(base -Os) # exact, and therefore slow: small code
# What is worth being vectors is written with them: more of them are only longer.
set(as_written -fno-vectorize -fno-slp-vectorize)
add_kernels(fast -DPL_UNFUSED ${as_written})
add_kernels(relaxed -mcpu=${wasm_features}+relaxed_simd ${as_written})

# What web/engine.js calls beside the exports of host/.
set(exports __stack_pointer pl_model_free pl_session_free pl_session_reset pl_model_input_count
            pl_model_metadata_count pl_model_metadata_key pl_model_metadata_value)
list(TRANSFORM exports PREPEND --export=)

set(link_flags --no-entry --gc-sections --strip-all --compress-relocations -O2 --lto-O2
               -z stack-size=131072)
set(shared_memory --import-memory --shared-memory --max-memory=1073741824)
set(CMAKE_CXX_LINK_EXECUTABLE "${CMAKE_BINARY_DIR}/zig-tools/wasm-ld <LINK_FLAGS> <OBJECTS> -o <TARGET>")

function(add_module name kernels)
  set(objects $<TARGET_OBJECTS:pleinair_core>)
  foreach(isa ${kernels})
    list(APPEND objects $<TARGET_OBJECTS:pleinair_kernels_${isa}>)
  endforeach()
  add_executable(${name} EXCLUDE_FROM_ALL host/wasm.cpp host/web.cpp ${objects})
  target_compile_options(${name} PRIVATE ${core_flags} -fvisibility=hidden ${small_flags})
  target_include_directories(${name} PRIVATE include .)
  target_link_options(${name} PRIVATE ${link_flags} ${exports} ${ARGN})
  set_target_properties(${name} PROPERTIES SUFFIX .wasm)
  install(TARGETS ${name} RUNTIME DESTINATION .)
  add_dependencies(web ${name})
endfunction()

add_custom_target(web)
add_module(pleinair "base;fast")
add_module(pleinair-threads "base;fast" ${shared_memory})
add_module(pleinair-relaxed "relaxed")
add_module(pleinair-relaxed-threads "relaxed" ${shared_memory})
