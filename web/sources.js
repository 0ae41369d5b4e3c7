/** Where pictures come from: camera, screen, video file, photo. */

/**
 * @typedef {object} Source
 * @property {"camera"|"screen"|"video"|"photo"} kind
 * @property {MediaStreamTrack=} track of a camera or screen
 * @property {HTMLVideoElement=} video that plays, unless a photo is the source
 * @property {ImageBitmap=} photo
 * @property {MediaStreamTrack[]} sound to be recorded with the picture
 * @property {boolean} mirrored shown as in a mirror: the camera that looks at its user
 * @property {() => void} stop
 */

/** An error whose message is for the person before the screen. */
export class SourceError extends Error {}

/** @type {Record<string, string>} */
const WORDS = {
  NotAllowedError: "not allowed. Permit it in the browser's settings for this page, then try again.",
  NotFoundError: "not there. Plug one in, or open a video or a photo instead.",
  NotReadableError: "in use by another program, or switched off. Close the other program.",
  OverconstrainedError: "there, but it has no such mode.",
  AbortError: "stopped by the system. Try again.",
};

/** @param {string} what @param {unknown} error */
function inWords(what, error) {
  const name = error instanceof Error ? error.name : "";
  return new SourceError(`${what} is ${WORDS[name] ?? `not usable: ${error}`}`);
}

function requireSecure() {
  if (!window.isSecureContext || !navigator.mediaDevices) {
    throw new SourceError(
      "Browsers give the camera to secure pages only: open this page over https, or on " +
        "localhost. A video or a photo can be opened here.",
    );
  }
}

/** @param {MediaStream} stream */
async function play(stream) {
  const video = document.createElement("video");
  video.srcObject = stream;
  video.muted = true;
  video.playsInline = true;
  await video.play();
  return video;
}

/**
 * @param {MediaStream} stream
 * @param {"camera"|"screen"} kind
 * @param {boolean} mirrored
 * @returns {Promise<Source>}
 */
async function live(stream, kind, mirrored) {
  const [track] = stream.getVideoTracks();
  const video = await play(stream);
  const stop = () => {
    video.srcObject = null;
    for (const t of stream.getTracks()) t.stop();
  };
  return { kind, track, video, sound: stream.getAudioTracks(), mirrored, stop };
}

/**
 * @param {"user"|"environment"} facing the camera towards the user, or away
 * @returns {Promise<Source>}
 */
export async function openCamera(facing) {
  requireSecure();
  const video = {
    facingMode: { ideal: facing },
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30 },
  };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video });
    const seen = stream.getVideoTracks()[0].getSettings().facingMode ?? facing;
    return await live(stream, "camera", seen === "user");
  } catch (error) {
    throw inWords("The camera", error);
  }
}

/**
 * A microphone for recording, asked for only when it is wanted.
 * @returns {Promise<MediaStreamTrack[]>} none where there is no permission or no microphone
 */
export async function openMicrophone() {
  try {
    return (await navigator.mediaDevices.getUserMedia({ audio: true })).getAudioTracks();
  } catch {
    return [];
  }
}

/** @returns {Promise<Source>} */
export async function openScreen() {
  requireSecure();
  if (!navigator.mediaDevices.getDisplayMedia) {
    throw new SourceError("This browser cannot share its screen.");
  }
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: true });
    return await live(stream, "screen", false);
  } catch (error) {
    throw inWords("The screen", error);
  }
}

/** @param {File} file @returns {Promise<Source>} */
export async function openFile(file) {
  return file.type.startsWith("image/") ? openPhoto(file) : openVideo(file);
}

/** @param {File} file @returns {Promise<Source>} */
async function openPhoto(file) {
  try {
    const photo = await createImageBitmap(file);
    return { kind: "photo", photo, sound: [], mirrored: false, stop: () => photo.close() };
  } catch {
    throw new SourceError(`${file.name} is no picture that this browser can read.`);
  }
}

/** @param {File} file @returns {Promise<Source>} */
async function openVideo(file) {
  const video = document.createElement("video");
  const url = URL.createObjectURL(file);
  video.src = url;
  video.loop = true;
  video.playsInline = true;
  const stop = () => {
    video.pause();
    video.removeAttribute("src");
    URL.revokeObjectURL(url);
  };
  try {
    await video.play();
  } catch {
    stop();
    throw new SourceError(`${file.name} is no video that this browser can play.`);
  }
  return { kind: "video", video, sound: soundOf(video), mirrored: false, stop };
}

/** @param {HTMLVideoElement} video @returns {MediaStreamTrack[]} */
function soundOf(video) {
  const capture = /** @type {any} */ (video).captureStream ?? /** @type {any} */ (video).mozCaptureStream;
  return capture ? capture.call(video).getAudioTracks() : [];
}
