// SPDX-License-Identifier: Apache-2.0
// Boost.Beast, compiled once (BOOST_BEAST_SEPARATE_COMPILATION).
#include <boost/beast/src.hpp>
