// Paints one picture in Node and prints what came of it: `node paint.mjs REQUEST.json`.
// The request: engine (URL of engine.js), modules (folder), model and data (files), options,
// and the picture's own fields. The painted bytes go to the file `out`.
import { readFile, writeFile } from "node:fs/promises";
import { argv, stdout } from "node:process";
import { pathToFileURL } from "node:url";

const request = JSON.parse(await readFile(argv[2], "utf8"));
if (request.withoutSimd) WebAssembly.validate = () => false;
const { PleinairEngine } = await import(request.engine);

try {
  const engine = await PleinairEngine.load(await readFile(request.model), {
    ...request.options,
    base: pathToFileURL(`${request.modules}/`),
    fetch: readFile,
  });
  const data = new Uint8Array(await readFile(request.data));
  const { width, height, data: painted } = await engine.paint({ ...request.picture, data });
  await writeFile(request.out, painted);
  const { styles, threads, exact, runtime } = engine;
  stdout.write(JSON.stringify({ width, height, styles, threads, exact, relaxed: runtime.relaxed }));
  engine.close();
} catch (error) {
  stdout.write(JSON.stringify({ code: error.code ?? error.name, message: error.message }));
}
