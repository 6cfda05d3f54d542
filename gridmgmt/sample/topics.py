"""What cases of a street are about: categories with weights, where they happen, what reporters write."""

from __future__ import annotations

from dataclasses import dataclass

SHOP, HOME, ROAD, PART = "shop", "home", "road", "part"


@dataclass(frozen=True, slots=True)
class Topic:
    """A category, how often it comes, the kind of place, sentences of the report, class of component if any."""

    category: str
    weight: float
    place: str
    scene: str
    texts: tuple[str, ...]
    component: str = ""
    public: float = 0.15


TOPICS = (
    Topic("E0405", 9, SHOP, "vending", ("店铺把桌椅摆到人行道上，行人只能走机动车道。", "水果店货架伸出门外约一米半。")),
    Topic("E0401", 7, SHOP, "vending", ("流动摊贩在路口卖早点，围观的人多。", "三轮车占着路边卖蔬菜，劝离后又回来。")),
    Topic("E0406", 5, SHOP, "vending", ("促销摊位占了半幅人行道。", "商户在店前占道堆放纸箱。")),
    Topic("E0410", 9, SHOP, "bikes", ("电动自行车停满盲道。", "共享单车和电动车堵住店前通道。")),
    Topic("E0493", 4, ROAD, "bikes", ("共享单车成片倒在绿化带旁。", "公交站旁共享单车堆积。")),
    Topic("E0407", 5, ROAD, "parking", ("小汽车停在人行横道上。", "车辆占用非机动车道停放，已有三辆。")),
    Topic("E0110", 11, HOME, "rubbish", ("桶外有袋装垃圾，有异味。", "垃圾散落在楼旁，野猫翻找。", "路边堆着几袋生活垃圾。")),
    Topic("E0192", 6, HOME, "rubbish", ("垃圾桶满了没有清运。", "果皮箱冒尖，垃圾掉到地上。")),
    Topic("E0111", 4, HOME, "rubbish", ("空地上堆着拆下的砖块和木板。", "楼道口有装修渣土，两天没人清。")),
    Topic("E0136", 4, HOME, "rubbish", ("楼前堆放旧家具和纸板。", "有人在围墙边堆放杂物。")),
    Topic("E0112", 4, ROAD, "rubbish", ("路面有泥水和落叶，多日未清扫。",)),
    Topic("E0113", 5, ROAD, "road", ("路面有坑，约一米见方，雨天积水。", "人行道地砖松动，踩上去溅水。")),
    Topic("E0506", 2, ROAD, "road", ("雨后积水约十厘米，行人绕行。",)),
    Topic("E0201", 5, SHOP, "poster", ("墙上贴了十几张小广告。", "电线杆上又喷了广告电话。")),
    Topic("E0128", 3, SHOP, "noise", ("店门口音箱循环播放促销广告，声音很大。",), public=0.6),
    Topic("E0301", 3, ROAD, "noise", ("夜里十一点工地还在施工。", "午休时间破碎机响个不停。"), public=0.7),
    Topic("E0196", 3, HOME, "parking", ("公共车位上私装地锁三个。",)),
    Topic("E0496", 3, HOME, "parking", ("车辆堵住消防通道，消防车进不去。",)),
    Topic("E0184", 2, HOME, "pets", ("遛狗不牵绳，孩子害怕。",), public=0.5),
    Topic("E0101", 2, HOME, "building", ("一楼住户在绿地上搭棚子，正在砌墙。",)),
    Topic("E0180", 2, ROAD, "wire", ("一根线缆垂到行人头顶高度。",)),
    Topic("C0102", 3, PART, "manhole", ("污水井盖松动，车过时响。", "井盖边缘破损。"), "0102"),
    Topic("C0103", 3, PART, "manhole", ("雨水井盖缺角。", "井盖比路面低，电动车颠簸。"), "0103"),
    Topic("C0104", 3, PART, "manhole", ("雨水箅子被落叶堵住。", "雨水箅子断了两根条。"), "0104"),
    Topic("C0137", 4, PART, "lamp", ("路灯不亮，已经三天。", "这盏路灯忽明忽暗。"), "0137"),
    Topic("C0305", 3, PART, "rubbish", ("果皮箱门坏了，关不上。",), "0305"),
    Topic("C0402", 4, PART, "tree", ("行道树断枝挂在空中。", "树枝遮住路灯和指示牌。"), "0402"),
    Topic("C0217", 1.5, PART, "road", ("护栏被撞歪，伸进车道。",), "0217"),
    Topic("C0212", 1, PART, "poster", ("路名牌歪斜，字看不清。",), "0212"),
    Topic("C0198", 1, PART, "road", ("消火栓周围堆着杂物。",), "0198"),
    Topic("G0304", 2, HOME, "people", ("楼上楼下为漏水的事争执，请社区调解。",), public=0.5),
    Topic("G0402", 3, HOME, "parking", ("楼道里停着电动车并拉线充电。",)),
    Topic("G0401", 2, HOME, "parking", ("安全出口堆着纸箱，门打不开。",)),
    Topic("G0102", 2, HOME, "people", ("老人想问居家服务怎么申请。",), public=0.8),
    Topic("L0101", 3, HOME, "noise", ("隔壁晚上唱歌，影响休息。",), public=0.9),
    Topic("L0402", 2, HOME, "building", ("顶楼漏雨，物业一直没有修。",), public=0.9),
    Topic("L0602", 2, HOME, "building", ("电梯停了半天，老人下不了楼。",), public=0.9),
    Topic("L0701", 3, HOME, "parking", ("小区里车位紧张，通道上也停了车。",), public=0.8),
    Topic("L1001", 1, SHOP, "people", ("买的水果缺斤少两，请协调退款。",), public=0.95),
)  # fmt: skip

# What a worker can often put right while standing there, and how often.
OFTEN_FIXED = frozenset(
    ["E0405", "E0401", "E0406", "E0410", "E0493", "E0110", "E0192", "E0136", "E0201", "G0402", "G0401"]
)
FIXED_SHARE = 0.14
DONE_TEXTS = (
    "已处理完毕，现场恢复。",
    "现场清理干净，见处置后照片。",
    "已派人修复。",
    "已当场劝导并整改。",
    "已完成，请核查。",
)
REASONS = {
    "not_accept": ("照片看不清，位置不明，请补充后再报。", "不属于受理范围，已告知反映人渠道。"),
    "not_fixed": ("处置后照片里仍有堆放，请按流程办理。", "只处理了一部分，转立案。"),
    "void": ("现场已自行整改，无需立案。",),
    "verify_false": ("到现场核实，问题不存在。", "核实时已经恢复正常。"),
    "return_case": ("该设施权属不在本单位。", "不属于本部门职责，请重新派遣。"),
    "reject_return": ("经核对权属清单，属于你单位，请处置。",),
    "check_fail": ("现场仍有残留，请返工。", "处置不彻底，问题又出现。"),
    "request_delay": ("需采购材料，申请延期。", "需协调产权单位，申请延期。"),
    "reject_delay": ("工作量不大，请按期完成。",),
    "request_hang": ("涉及资金安排，需列入下批计划。", "需等雨季过后施工。"),
    "urge": ("居民多次反映，请抓紧办理。", "临近期限，请加快处置。"),
    "reopen": ("回访不满意，问题反复。",),
    "appeal": ("因连续降雨无法施工，申请免除超期责任。",),
    "merge": ("与已有案件为同一问题。",),
}
# Words of the shipped flow's field reason_class.
CLASSES_OF_HANG = ("资金", "规划", "产权", "季节")
