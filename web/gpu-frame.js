/** Frames of cameras, videos and photos to what the network looks at, in its size. */

import { usage } from "./gpu.js";
import { extents } from "./stage.js";

/** @typedef {import("./gpu.js").Gpu} Gpu */

// Four samples half a source pixel or more apart: the mean of all that a pixel stands for, of up to
// four by four; the pixel itself where the sizes are the same.
const SCALE = `
@group(0) @binding(1) var linear: sampler;
@group(0) @binding(2) var picture: texture_storage_2d<rgba8unorm, write>;

fn seen(at: vec2f) -> vec3f { return textureSampleBaseClampToEdge(frame, linear, at).rgb; }

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let size = vec2f(textureDimensions(picture));
  let whole = vec2f(textureDimensions(frame));
  if (any(vec2f(id.xy) >= size)) { return; }
  let at = (vec2f(id.xy) + 0.5) / size;
  let ratio = whole / size;
  let apart = clamp((ratio - 1) / 2, vec2f(), max(ratio / 4, vec2f(0.5))) / whole;
  let other = vec2f(apart.x, -apart.y);
  let sum = seen(at - apart) + seen(at + apart) + seen(at - other) + seen(at + other);
  textureStore(picture, id.xy, vec4f(sum / 4, 1));
}
`;
const EXTERNAL = `@group(0) @binding(0) var frame: texture_external;${SCALE}`;
const TEXTURE = `@group(0) @binding(0) var frame: texture_2d<f32>;${SCALE}`;

export class Frames {
  /** @param {Gpu} gpu */
  constructor(gpu) {
    this.gpu = gpu;
    this.sampler = gpu.device.createSampler({ magFilter: "linear", minFilter: "linear" });
    /** @type {GPUTexture | undefined} */
    this.copy = undefined;
    /** Frames of a video stay where they are; else they are copied first. */
    this.imports = true;
    /** @type {GPUComputePipeline | undefined} */
    this.external = undefined;
    /** @type {GPUComputePipeline | undefined} */
    this.texture = undefined;
  }

  async compile() {
    [this.external, this.texture] = await Promise.all([EXTERNAL, TEXTURE].map((code) => this.gpu.compile(code)));
  }

  /**
   * @param {VideoFrame | ImageBitmap} frame
   * @param {GPUTexture} picture
   * @param {GPUComputePassEncoder} pass
   */
  bring(frame, picture, pass) {
    if ("displayWidth" in frame && this.imports) {
      try {
        const source = this.gpu.device.importExternalTexture({ source: frame });
        return this.#scale(this.external, source, picture, pass);
      } catch {
        this.imports = false; // this browser has none of it, or not for this kind of frame
      }
    }
    const { width, height } = extents(frame);
    if (width === picture.width && height === picture.height) return this.#copy(frame, picture);
    if (this.copy?.width !== width || this.copy.height !== height) {
      this.copy?.destroy();
      this.copy = this.gpu.device.createTexture({
        size: [width, height],
        format: "rgba8unorm",
        usage: usage("Texture", "TEXTURE_BINDING", "COPY_DST", "RENDER_ATTACHMENT"),
      });
    }
    this.#copy(frame, this.copy);
    this.#scale(this.texture, this.copy.createView(), picture, pass);
  }

  /** @param {VideoFrame | ImageBitmap} frame @param {GPUTexture} to */
  #copy(frame, to) {
    const { queue } = this.gpu.device;
    queue.copyExternalImageToTexture({ source: frame }, { texture: to }, [to.width, to.height]);
  }

  /**
   * @param {GPUComputePipeline | undefined} pipeline
   * @param {GPUBindingResource} source
   * @param {GPUTexture} picture
   * @param {GPUComputePassEncoder} pass
   */
  #scale(pipeline, source, picture, pass) {
    if (!pipeline) throw new Error("compile() comes first");
    const layout = pipeline.getBindGroupLayout(0);
    const resources = [source, this.sampler, picture.createView()];
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.gpu.device.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(Math.ceil(picture.width / 8), Math.ceil(picture.height / 8));
  }
}
