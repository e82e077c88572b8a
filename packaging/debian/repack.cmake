# SPDX-License-Identifier: Apache-2.0
# Run by cpack over the finished package. CPack writes the hour into its control archive; dpkg-deb packs the same files with
# the commit's, so that one commit gives one package.
foreach(package IN LISTS CPACK_PACKAGE_FILES)
  set(tree "${package}.tree")
  foreach(command "dpkg-deb;--raw-extract;${package};${tree}"
      "find;${tree};-exec;touch;--no-dereference;--date=@$ENV{SOURCE_DATE_EPOCH};{};+"
      "dpkg-deb;--root-owner-group;-Zxz;--build;${tree};${package}")
    execute_process(COMMAND ${command} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  file(REMOVE_RECURSE "${tree}")
endforeach()
