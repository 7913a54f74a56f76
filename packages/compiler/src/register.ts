// `node --import @holdfast/compiler/register app.ts`
import { registerCompiler } from "./loader.ts";

registerCompiler();
