package format

// Seal lets tests write what no program writes.
var Seal = seal
