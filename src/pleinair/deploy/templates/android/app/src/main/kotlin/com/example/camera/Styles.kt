package com.example.camera

import android.content.res.AssetManager
import org.json.JSONObject

/** What assets/styles.json says: the titles of the network's styles, in its order. */
class Styles(val model: String, val titles: List<String>)

fun readStyles(assets: AssetManager): Styles {
    val text = assets.open("styles.json").use { it.readBytes().toString(Charsets.UTF_8) }
    val all = JSONObject(text)
    val listed = all.getJSONArray("styles")
    val titles = (0 until listed.length()).map { listed.getJSONObject(it).getString("title") }
    return Styles(all.getString("model"), titles)
}
