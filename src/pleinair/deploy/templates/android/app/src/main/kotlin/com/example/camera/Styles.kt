package com.example.camera

import android.content.res.AssetManager
import org.json.JSONObject

/** A style that the app offers; `row` is its number in the network. */
class Style(val title: String, val row: Int)

/** What assets/styles.json says. */
class Styles(val model: String, val rows: Int, val offered: List<Style>)

fun readStyles(assets: AssetManager): Styles {
    val text = assets.open("styles.json").use { it.readBytes().toString(Charsets.UTF_8) }
    val all = JSONObject(text)
    val listed = all.getJSONArray("styles")
    val offered = (0 until listed.length()).map { index ->
        val style = listed.getJSONObject(index)
        Style(style.getString("title"), style.getInt("row"))
    }
    return Styles(all.getString("model"), all.getInt("rows"), offered)
}
