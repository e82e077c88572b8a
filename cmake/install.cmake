# SPDX-License-Identifier: Apache-2.0
# What is installed, and the Debian package (docs/install.md). The files that the built program tells of itself are made
# by tools/package-files; `package_files` builds no more than the program.
include(GNUInstallDirs)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # installing builds no test
set(RINGFENCE_MAINTAINER "The Ringfence authors <ringfence@example.org>" CACHE STRING
  "Who answers for the Debian package: name and address of whoever publishes it")
set(made "${CMAKE_BINARY_DIR}/package")
set(made_files ringfence.1.gz ringfence _ringfence ringfence.fish ringfence.spdx.json changelog.gz)
list(TRANSFORM made_files PREPEND "${made}/" OUTPUT_VARIABLE made_paths)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_custom_command(OUTPUT ${made_paths}
  COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/tools/package-files" "$<TARGET_FILE:ringfence>" "${made}"
    "${RINGFENCE_MAINTAINER}"
  DEPENDS ringfence tools/package-files tools/sbom tools/packages.txt NOTICE COMMENT "Files of the package" VERBATIM)
add_custom_target(package_files DEPENDS ${made_paths})

set(doc "${CMAKE_INSTALL_DATADIR}/doc/ringfence")
install(TARGETS ringfence)
install(FILES "${made}/ringfence.1.gz" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES "${made}/ringfence" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
install(FILES "${made}/_ringfence" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
install(FILES "${made}/ringfence.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
install(FILES "${made}/ringfence.spdx.json" LICENSE NOTICE DESTINATION "${doc}")
install(FILES packaging/policy.yaml DESTINATION "${doc}/examples")
install(FILES docs/policy.schema.json DESTINATION "${CMAKE_INSTALL_DATADIR}/ringfence")
install(FILES packaging/grafana/ringfence.json DESTINATION "${CMAKE_INSTALL_DATADIR}/ringfence/grafana")
# The unit names the program where it goes, which only the installing knows.
set(unit_dir "lib/systemd/system")
install(CODE "
  set(BINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
  configure_file(\"${CMAKE_SOURCE_DIR}/packaging/systemd/ringfence.service\" \"${made}/ringfence.service\" @ONLY)
  file(INSTALL \"${made}/ringfence.service\" DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${unit_dir}\")")
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ringfence)
set(CPACK_PACKAGE_VENDOR "The Ringfence authors")
set(CPACK_PACKAGE_CONTACT "${RINGFENCE_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "run AI agents inside hard budgets")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION [[
Ringfence stands between AI agents and money: it decides before each
operation of an agent, holds the worst case, settles what it really cost,
and writes each step to a record that cannot be edited unseen.
.
The package brings the program, a hardened systemd service that starts once
/etc/ringfence/policy.yaml is there, completions and the manual page.]])
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates, tzdata")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(debian "${CMAKE_SOURCE_DIR}/packaging/debian")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${debian}/postinst;${debian}/prerm;${debian}/postrm;${debian}/conffiles")
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PRE_BUILD_SCRIPTS "${debian}/stage.cmake")
set(CPACK_POST_BUILD_SCRIPTS "${debian}/repack.cmake")
set(CPACK_PROJECT_CONFIG_FILE "${debian}/cpack.cmake")
set(CPACK_RINGFENCE_DEBIAN_DIR "${debian}")  # for these two
set(CPACK_RINGFENCE_MADE_DIR "${made}")
include(CPack)
