# SPDX-License-Identifier: Apache-2.0
# Run by cpack over the installed tree before it is packed: what only the Debian package has.
set(root "${CPACK_TEMPORARY_DIRECTORY}")
set(doc "${root}/usr/share/doc/ringfence")
set(plain FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
# Not file(INSTALL): that would go below DESTDIR once more.
file(COPY "${CPACK_RINGFENCE_MADE_DIR}/changelog.gz" "${CPACK_RINGFENCE_DEBIAN_DIR}/copyright"
  "${CPACK_RINGFENCE_DEBIAN_DIR}/README.Debian" DESTINATION "${doc}" ${plain})
file(REMOVE "${doc}/LICENSE")  # the copyright file names Debian's own copy of it
file(COPY "${CPACK_RINGFENCE_DEBIAN_DIR}/default" DESTINATION "${root}/etc/default" ${plain})
file(RENAME "${root}/etc/default/default" "${root}/etc/default/ringfence")
# Where Debian's own zsh looks.
file(RENAME "${root}/usr/share/zsh/site-functions" "${root}/usr/share/zsh/vendor-completions")
