# find_package(wardline CONFIG): the targets wardline::wardline (shared),
# wardline::static, and wardline::reader, wardline::reader-static and
# wardline::freestanding where they are installed.
get_filename_component(_wardline_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(_wardline_private util rt pthread m dl c)

function(_wardline_add name type file definitions libraries)
  if(EXISTS "${_wardline_prefix}/lib/${file}" AND NOT TARGET wardline::${name})
    add_library(wardline::${name} ${type} IMPORTED)
    set_target_properties(wardline::${name} PROPERTIES
      IMPORTED_LOCATION "${_wardline_prefix}/lib/${file}"
      INTERFACE_INCLUDE_DIRECTORIES "${_wardline_prefix}/include"
      INTERFACE_COMPILE_DEFINITIONS "${definitions}"
      INTERFACE_LINK_LIBRARIES "${libraries}")
    if(type STREQUAL "SHARED")
      get_filename_component(_soname "${file}" NAME)
      set_target_properties(wardline::${name} PROPERTIES IMPORTED_SONAME "${_soname}")
    endif()
  endif()
endfunction()

_wardline_add(wardline SHARED libwardline.so.@ABI@ "" "")
_wardline_add(static STATIC libwardline.a "" "${_wardline_private}")
_wardline_add(reader SHARED libwardline-reader.so.@ABI@ WARDLINE_READER_ONLY "")
_wardline_add(reader-static STATIC libwardline-reader.a WARDLINE_READER_ONLY "${_wardline_private}")
_wardline_add(freestanding STATIC libwardline-freestanding.a WARDLINE_FREESTANDING "")
set(wardline_VERSION "@VERSION@")
