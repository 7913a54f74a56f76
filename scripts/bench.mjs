// `npm run bench`: set-up, then the benchmarks.
import { bootstrap } from "./bootstrap.mjs";

bootstrap();
await import("../bench/run.mjs");
