// A module that looks for an addon as ffi-napi does, for the test that the build refuses it.
module.exports = require('node-gyp-build')(__dirname);
