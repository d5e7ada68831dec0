"""Faults of what a list is asked for; `fault_words` has the others."""

from collections.abc import Mapping

from pengcheng.kernel.words import Words

QUERY_WORDS: Mapping[str, Words] = {
    "query.operator": Words(
        "“{field}”只能用 {allowed}", "Of “{field}” these may be asked: {allowed}"
    ),
    "query.sort": Words(
        "不能按“{field}”排序，可以按这些排序：{allowed}。"
        "单值属性在类型声明里写上 index: true 后即可排序",
        "A list cannot be sorted by “{field}”, only by: {allowed}. An attribute with one value can "
        "be sorted by once its type declares it with index: true",
    ),
    "query.unindexed": Words(
        "“{field}”没有索引，不能用来筛选，可以按这些筛选：{allowed}。"
        "属性（表格则为整个表格）在类型声明里写上 index: true 后即可筛选",
        "“{field}” has no index, so a list cannot be filtered by it, only by: {allowed}. An "
        "attribute (of a table the whole table) can be once its type declares it with index: true",
    ),
    "query.unsearched": Words(
        "不能在“{field}”的文字里查找，可以查找的有：{allowed}。"
        "文字属性在类型声明里写上 search: true 后即可查找",
        "“{field}” cannot be searched for a piece of text, only: {allowed}. A text can be once its "
        "type declares it with search: true",
    ),
}
