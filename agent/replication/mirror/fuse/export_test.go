package fuse

// ConfigureOld is what kernels before 5.8 get.
var ConfigureOld = configureOld
