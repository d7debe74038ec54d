// A small table of emoji short codes. A code that is not here stays as it was typed, as in Slack.

const CODES = `lock 🔒 unlock 🔓 key 🔑 closed_lock_with_key 🔐 warning ⚠️ white_check_mark ✅ heavy_check_mark ✔️ x ❌
  no_entry ⛔ no_entry_sign 🚫 hourglass ⌛ hourglass_flowing_sand ⏳ clock1 🕐 alarm_clock ⏰ stopwatch ⏱️ bell 🔔
  rotating_light 🚨 iphone 📱 phone ☎️ telephone_receiver 📞 envelope ✉️ email 📧 speech_balloon 💬
  bust_in_silhouette 👤 busts_in_silhouette 👥 eyes 👀 eye 👁️ thumbsup 👍 +1 👍 thumbsdown 👎 -1 👎 wave 👋 pray 🙏
  raised_hand ✋ point_right 👉 arrow_right ➡️ arrow_left ⬅️ mag 🔍 information_source ℹ️ question ❓ exclamation ❗
  red_circle 🔴 large_green_circle 🟢 large_yellow_circle 🟡 large_blue_circle 🔵 white_circle ⚪ black_circle ⚫ tada 🎉
  rocket 🚀 memo 📝 clipboard 📋 link 🔗 ticket 🎫 shield 🛡️ robot_face 🤖 gear ⚙️ bulb 💡 smile 😄
  slightly_smiling_face 🙂 joy 😂 fire 🔥 zap ⚡ star ⭐ sparkles ✨`.split(/\s+/);

const TABLE = new Map(CODES.flatMap((code, at) => (at % 2 ? [] : [[code, CODES[at + 1]]])));

export const emoji = (code) => TABLE.get(code);

export const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, code) => TABLE.get(code) ?? whole);
