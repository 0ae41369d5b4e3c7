# find_package(pleinair) brings pleinair::pleinair (shared) and pleinair::pleinair_static.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include("${CMAKE_CURRENT_LIST_DIR}/pleinair-targets.cmake")
