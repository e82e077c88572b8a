# SPDX-License-Identifier: Apache-2.0
# Read by cpack when it packs: the version and the time are those of the commit that the program was built from, written by
# tools/package-files beside the other files.
include("${CPACK_RINGFENCE_MADE_DIR}/deb.cmake")
set(CPACK_DEBIAN_PACKAGE_VERSION "${RINGFENCE_DEB_VERSION}")
set(ENV{SOURCE_DATE_EPOCH} "${RINGFENCE_EPOCH}")
