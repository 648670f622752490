# Documentation that is installed, and Debian packages: `cpack` in the build folder makes cleave and cleave-dev.
install(
  DIRECTORY ${PROJECT_SOURCE_DIR}/docs/
  DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT program
  FILES_MATCHING
  PATTERN "*.md"
  PATTERN "*.svg"
  PATTERN schema EXCLUDE)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright COMPONENT program)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME cleave)
set(CPACK_PACKAGE_CONTACT "cleave developers <noreply@example.org>")
set(CPACK_PACKAGE_VENDOR cleave)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
# Reproducible: the same tree gives the same files whoever packs it.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME cleave)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "${PROJECT_DESCRIPTION}")
# From the libraries that the program needs, by dpkg-shlibdeps.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME cleave-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Static library, headers and CMake package of cleave")
# What cleaveConfig.cmake looks for.
string(
  JOIN
  ", "
  CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  libeigen3-dev
  libfmt-dev
  libgmp-dev
  libssl-dev
  libtinyxml2-dev
  libyaml-cpp-dev
  nlohmann-json3-dev)
if(CLEAVE_ONNX)
  string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", libonnx-dev, libprotobuf-dev, protobuf-compiler")
endif()
include(CPack)
