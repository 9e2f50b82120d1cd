"""What is said in the bench of timing, and by whom. Written for this purpose; no line is among those the engine was fitted on."""
from __future__ import annotations

from dataclasses import dataclass

VOICES = {
    "en": ("af_heart", "am_michael", "bf_emma", "bm_george"),
    "zh": ("zf_xiaoxiao", "zm_yunyang", "zf_xiaoyi", "zm_yunxia"),
}
"""The voices of each language take its lines in turn."""

ENGLISH = """
The old gardener closed the gate and walked slowly home.
Please keep your voice down, the baby is sleeping.
Nobody told me that the meeting was today.
We packed six boxes, a lamp and the kitchen clock.
If the phone rings again, just let it ring.
She has studied the stars since she was a child.
Take the second road on the left, then cross the bridge.
His hands were shaking when he signed the paper.
Did you really drive all night to bring me this?
The fish was fresh, the bread was warm, and the wine was cold.
I will never understand why you sold that horse.
Three soldiers stood in the shadow of the wall.
Look at me when I am speaking to you.
A gentle wind moved the leaves above our heads.
You promised to be here at seven, not at nine.
The doctor says that she should rest for a week.
Most of the houses on this street are empty now.
Before you answer, think about your family.
He opened his mouth, but no sound came out.
The ship leaves the harbor early in the morning.
There is something strange about the way he smiles.
Both brothers wanted the farm, and neither would give in.
My father taught me how to fix a broken chair.
Sit down, have some coffee, and tell us everything.
The judge looked at the clock and cleared his throat.
Snow had covered the tracks, so we turned back.
What would you have done in my place?
They found the letter hidden behind a picture.
Every summer we used to swim in that river.
I could hear them laughing on the other side of the door.
Give this message to the captain, and to no one else.
It was the best news we had heard in years.
The lights went out just as the music started.
Run to the village and fetch some help!
Her new book is about a thief who cannot lie.
Stay close to the fire, it will be a long night.
The price of sugar has doubled since last spring.
Why do you always talk about the weather?
One of us has to stay behind and watch the road.
In the end, the truth was much simpler than that.
"""

CHINESE = """
昨天晚上我在车站遇见了一位老朋友。
请你小声一点，孩子已经睡着了。
这家饭馆的面条又便宜又好吃。
明天早上八点，我们在学校门口见面。
他打开窗户，看见外面下着大雪。
你为什么一直不告诉我真相？
妈妈买了苹果、牛奶和一些面包。
如果你不喜欢这份工作，就不要勉强自己。
我从来没有见过这么漂亮的花园。
医生说他需要休息一个星期。
火车马上就要开了，快点上车吧！
老师让我们把这个故事再读一遍。
他想了很久，最后还是没有回答。
这条路太远了，我们坐出租车去吧。
小时候，我常常和爷爷一起去河边钓鱼。
你能不能帮我把这封信交给经理？
天气越来越冷，出门要多穿衣服。
她会唱歌，会跳舞，还会弹钢琴。
我们等了两个小时，可是没有人来。
只要大家一起努力，问题总会解决的。
"""


@dataclass(frozen=True)
class Said:
    """One line of the bench."""

    number: int
    text: str
    voice: str
    language: str


def lines(english: int | None = None, chinese: int | None = None) -> list[Said]:
    """The first so many lines of each language, all of them by default."""
    found = []
    for language, text, count in (("en", ENGLISH, english), ("zh", CHINESE, chinese)):
        for number, line in enumerate(text.strip().splitlines()[:count]):
            voices = VOICES[language]
            found.append(Said(len(found), line, voices[number % len(voices)], language))
    return found

RECORDING = "demo/data/kennedy_inaugural_1961.flac"
"""From the repository's root."""

RECORDED = (("And so, my fellow Americans,", 0.32), ("ask not", 3.28), ("what your country can do for you,", 5.41), ("ask what you can do for your country.", 8.19))
"""Its four phrases, and the second in which each begins: where the level of 10 ms first passes the room's by 10 dB and stays there."""

FOLLOWING = """
en en I came here last night, | I knocked on the door, | but nobody answered.
en en If you stay, | you will have to work, | and the work is hard.
en en Listen to me. | We do not have much time. | They are already on the stairs.
en en She sold the car, | moved to the coast, | and never came back.
en en Yes, | I remember him well, | he was the tall one with the beard.
en en Before the war | there was a bakery on this corner, | and the whole street smelled of bread.
zh zh 你先坐下， | 喝一杯茶， | 然后慢慢告诉我。
zh zh 昨天下了一场大雨， | 路上都是水， | 我们走了很久才到家。
zh en 我知道你很生气， | 可是请你听我说， | 这不是他的错。 = I know that you are angry, | but please listen to me, | it was not his fault.
zh en 天黑了， | 我们该回去了， | 妈妈在等我们吃饭。 = It is dark now, | we have to go home, | mother is waiting with dinner.
en zh The train is late again, | so we will sit here, | and wait for another hour. = 火车又晚点了， | 我们只好坐在这里， | 再等一个小时。
en zh Take this key, | open the drawer, | and bring me the blue notebook. = 拿着这把钥匙， | 打开那个抽屉， | 把蓝色的本子给我。
"""
"""Language of the original and of the dub, the original's phrases, and the dub's where they are others."""
