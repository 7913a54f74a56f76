export { fromNodeReadable, type NodeReadableOptions, toNodeReadable } from "./streams/readable.ts";
export { fromNodeWritable, type NodeWritableOptions, throughNode, toNodeWritable } from "./streams/writable.ts";
